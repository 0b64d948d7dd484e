@echo off
rem Runs Mneme: finds a JDK, builds what is missing in a clone, starts the command line.
rem The same file is installed as %MNEME_HOME%\bin\mneme.cmd, where it starts the installed programs.
setlocal EnableExtensions DisableDelayedExpansion
set "here=%~dp0"
if "%here:~-1%"=="\" set "here=%here:~0,-1%"
set "jdk="
set "clone="
set "package="
if exist "%here%\pom.xml" if exist "%here%\installer\" goto clone
if exist "%here%\app\mneme.jar" (
    set "package=%here%"
    set "jar=%here%\app\mneme.jar"
    set "java=%here%\app\runtime\bin\java.exe"
    goto run
)

for %%I in ("%here%\..") do set "installed=%%~fI"
set "jar=%installed%\app\mneme.jar"
if not exist "%jar%" (
    >&2 echo error: cannot find `%jar%`
    >&2 echo hint: install again from a clone with `mneme install`
    exit /b 1
)
if not defined MNEME_HOME set "MNEME_HOME=%installed%"
set "java=%installed%\app\runtime\bin\java.exe"
if exist "%java%" goto run
call :find_jdk java
if not defined jdk goto no_jdk
set "java=%jdk%\bin\java.exe"
goto run

:clone
set "clone=%here%"
call :find_jdk javac
if not defined jdk goto no_jdk
call :stale
if errorlevel 1 (
    call :build
    if errorlevel 1 exit /b 1
)
for %%J in ("%here%\installer\target\mneme-installer-*.jar") do set "jar=%%~fJ"
set "java=%jdk%\bin\java.exe"

:run
"%java%" -Xlog:disable -Xlog:all=warning:stderr -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -XX:-UsePerfData "-Dmneme.clone=%clone%" "-Dmneme.package=%package%" -jar "%jar%" %*
exit /b %errorlevel%

:no_jdk
>&2 echo error: cannot find a JDK 25 or newer
>&2 echo hint: install one, such as Temurin 25, or set `MNEME_JAVA_HOME` to where one is
exit /b 1

rem Takes the first JDK that is new enough, by its `release` file; %1 is the program it must have.
:find_jdk
call :try "%MNEME_JAVA_HOME%" %1
call :try "%JAVA_HOME%" %1
for %%P in (java.exe) do if not "%%~$PATH:P"=="" for %%H in ("%%~dp$PATH:P..") do call :try "%%~fH" %1
for %%R in ("%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Java" "%ProgramFiles%\Microsoft" "%ProgramFiles%\Zulu" "%ProgramFiles%\Amazon Corretto" "%USERPROFILE%\.jdks" "%USERPROFILE%\.gradle\jdks" "%USERPROFILE%\scoop\apps" "%LOCALAPPDATA%\mise\installs\java") do (
    if exist "%%~R\" for /d %%D in ("%%~R\*") do call :try "%%~fD" %1
)
exit /b 0

:try
if defined jdk exit /b 0
if "%~1"=="" exit /b 0
if not exist "%~1\bin\%2.exe" exit /b 0
if not exist "%~1\release" exit /b 0
set "version="
for /f "usebackq tokens=2 delims==" %%V in (`findstr /b "JAVA_VERSION=" "%~1\release"`) do set "version=%%~V"
if not defined version exit /b 0
for /f "tokens=1 delims=.-+" %%M in ("%version%") do set "major=%%M"
if %major% GEQ 25 set "jdk=%~1"
exit /b 0

rem Sets errorlevel 1 when a program jar is missing or a source is newer than it.
:stale
for %%M in (daemon mcp-stdio installer hooks bench) do (
    if not exist "%here%\%%M\target\mneme-%%M-*.jar" exit /b 1
)
set "MNEME_CLONE=%here%"
powershell -NoProfile -Command "$c = $env:MNEME_CLONE; $jar = (Get-ChildItem \"$c\daemon\target\mneme-daemon-*.jar\", \"$c\mcp-stdio\target\mneme-mcp-stdio-*.jar\", \"$c\installer\target\mneme-installer-*.jar\", \"$c\hooks\target\mneme-hooks-*.jar\", \"$c\bench\target\mneme-bench-*.jar\" | Sort-Object LastWriteTime | Select-Object -First 1).LastWriteTime; $stamp = Get-Item \"$c\target\launcher-build.stamp\" -ErrorAction SilentlyContinue; if ($stamp -and $stamp.LastWriteTime -gt $jar) { $jar = $stamp.LastWriteTime }; $newer = Get-ChildItem \"$c\*\src\main\", \"$c\*\pom.xml\", \"$c\pom.xml\" -Recurse -File | Where-Object { $_.LastWriteTime -gt $jar } | Select-Object -First 1; if ($newer) { exit 1 } else { exit 0 }"
exit /b %errorlevel%

:build
where mvn >nul 2>nul
if errorlevel 1 (
    >&2 echo error: cannot build Mneme: there is no `mvn` on the PATH
    >&2 echo hint: install Maven 3.8 or newer, then run the command again
    exit /b 1
)
>&2 echo building Mneme ^(the first time one to three minutes^)
set "JAVA25_HOME=%jdk%"
if not defined JAVA_HOME set "JAVA_HOME=%jdk%"
pushd "%here%"
call mvn -B -ntp -DskipTests package 1>&2
set "built=%errorlevel%"
popd
if not "%built%"=="0" (
    >&2 echo error: cannot build Mneme: Maven failed
    >&2 echo hint: its output is above
    exit /b 1
)
if not exist "%here%\target" mkdir "%here%\target"
type nul > "%here%\target\launcher-build.stamp"
exit /b 0
